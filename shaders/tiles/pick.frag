#version 330 core
// A float target: red is the number (exact up to 2^24), green the distance along the ray in metres.
flat in uint id;
in float distance_m;
out vec4 found;

void main() {
    found = vec4(float(id), distance_m, 0.0, 1.0);
}
