#version 330 core
// One triangle over the window, which shows a part of the picture: all of it, or its lower left corner.
uniform vec4 part;               // where that begins and ends: left, bottom, right, top
out vec2 at;
void main() {
    vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
    at = mix(part.xy, part.zw, corner * 0.5 + 0.5);
    gl_Position = vec4(corner, 0.0, 1.0);
}
