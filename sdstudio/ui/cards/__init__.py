"""Short explanations of what diffusion's settings do to a picture: text, a small drawing, and the card they are on."""
