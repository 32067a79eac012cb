"""What many tests share: servers, people, the parts of the world that a test needs."""
