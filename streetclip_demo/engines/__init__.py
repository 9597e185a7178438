"""What computes a CLIP model: torch, OpenVINO, and what they share. Knows no caption and no place."""
