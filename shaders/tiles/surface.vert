#version 330 core
// A tile's triangles. In: offsets from the tile's centre (m), normal in w-packed int8 with the surface class, colour,
// feature row. Out: everything in local (world relative to the render origin).
// Defines: USE_REVERSED_DEPTH.
#pragma include "lib/frames.glsl"
#pragma include "lib/features.glsl"

in vec4 p3d_Vertex;
in vec4 normal_class;    // xyz normal / 127, w surface class / 127
in vec4 tint;            // sRGB
in uint feature;

out vec3 position_in_local;
out vec3 normal_in_local;
flat out int surface_class;
flat out uint style;
flat out uint feature_row;
out vec3 tint_srgb;

void main() {
    position_in_local = (p3d_ModelMatrix * vec4(p3d_Vertex.xyz, 1.0)).xyz;
    normal_in_local = normal_class.xyz;
    surface_class = int(normal_class.w * 127.0 + 0.5);
    tint_srgb = tint.rgb;
    feature_row = feature;
    style = style_of(feature);
    gl_Position = clip_from_local(position_in_local);
    if ((style & STYLE_HIDDEN) != 0u) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);  // all corners outside: nothing drawn
}
