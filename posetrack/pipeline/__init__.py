"""The stages combined: frames in, tracked poses, files and an overlay out."""
