"""The commands, a module a subject; each is a thin function around a verb of another room."""
