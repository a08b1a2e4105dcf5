#version 330 core
// A tile seen from the sun: depth alone, ordinary orthographic depth.
// Defines: USE_STYLES; USE_INSTANCES for one template in many places; USE_PHOTO where a photograph has holes (leaves); USE_SECTION.
#pragma include "lib/features.glsl"
#pragma include "lib/instances.glsl"
#pragma include "lib/section.glsl"
in vec4 p3d_Vertex;
#if defined(USE_STYLES) || defined(USE_COLOURS)
in uint feature;
#endif
#ifdef USE_PHOTO
in vec2 photo_at;
out vec2 at_in_photo;
#endif
#ifdef USE_SECTION
uniform mat4 p3d_ModelMatrix;
out SECTION_PLACE section_place;
#endif
uniform mat4 p3d_ModelViewProjectionMatrix;

void main() {
    find_instance();
#ifdef USE_SECTION
    section_place = section_place_of(placed(p3d_Vertex.xyz) + p3d_ModelMatrix[3].xyz);
#endif
    gl_Position = p3d_ModelViewProjectionMatrix * vec4(placed(p3d_Vertex.xyz), 1.0);
#ifdef USE_PHOTO
    at_in_photo = photo_at;
#endif
#ifdef USE_STYLES
    if ((style_of(feature_here(feature)) & STYLE_HIDDEN) != 0u) gl_Position = NOWHERE;
#endif
#ifdef USE_COLOURS
    uvec4 said = colour_of(feature_here(feature));
    if (said.a == COLOUR_GONE || opacity_of(said) < 0.5) gl_Position = NOWHERE;
#endif
}
