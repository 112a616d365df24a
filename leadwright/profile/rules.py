"""The pure rules of `profile`: no database, no clock, no Django."""
