#version 330 core
// One triangle over the whole picture, behind everything.
// Defines: USE_REVERSED_DEPTH.
uniform vec4 view_corner;        // tan of half the view, horizontal and vertical; z, w unused
uniform vec3 view_right;
uniform vec3 view_up;
uniform vec3 view_forward;
out vec3 ray;

void main() {
    vec2 at = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
    ray = view_forward + view_right * at.x * view_corner.x + view_up * at.y * view_corner.y;
#ifdef USE_REVERSED_DEPTH
    gl_Position = vec4(at, 0.0, 1.0);   // depth 0 is infinitely far
#else
    gl_Position = vec4(at, 1.0, 1.0);
#endif
}
