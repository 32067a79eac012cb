"""What is installed: manifests, chart, image, rights, production settings, backups."""
