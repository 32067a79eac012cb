"""Ways in besides a password: an OpenID provider, or a proxy that has signed people in already."""
