"""Between bytes and documents: OpenRaster, pictures, and the parameters that travel with them. No file is trusted."""
