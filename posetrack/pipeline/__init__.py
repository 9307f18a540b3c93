"""The stages put together: frames in, tracked poses, files and an overlay out."""
