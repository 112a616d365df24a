"""The pure rules of `nurture`: no database, no clock, no Django."""
