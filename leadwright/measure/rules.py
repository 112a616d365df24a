"""The pure rules of `measure`: no database, no clock, no Django."""
