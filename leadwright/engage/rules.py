"""The pure rules of `engage`: no database, no clock, no Django."""
