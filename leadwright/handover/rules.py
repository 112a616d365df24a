"""The pure rules of `handover`: no database, no clock, no Django."""
