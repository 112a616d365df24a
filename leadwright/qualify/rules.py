"""The pure rules of `qualify`: no database, no clock, no Django."""
