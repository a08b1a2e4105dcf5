#version 330 core
// Depth is written by the hardware.
void main() {}
