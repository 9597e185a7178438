"""What all tabs share: visitors, uploads, messages, theme, address, the map's place. Knows no tab."""
