"""The pure rules of `capture`: no database, no clock, no Django."""
