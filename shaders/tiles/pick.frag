#version 330 core
// First target: the number as bytes. Second target: the distance in metres.
#pragma include "lib/picking.glsl"
flat in uint id;
in float distance_m;
layout(location = 0) out vec4 id_out;
layout(location = 1) out vec4 distance_out;

void main() {
    id_out = bytes_from_id(id);
    distance_out = vec4(distance_m);
}
