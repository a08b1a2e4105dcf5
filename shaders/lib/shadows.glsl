#pragma once
// The cached shadow map (ordinary depth, 0 near the sun). Its rim is empty, so that what lies outside is lit.
// Defines: USE_SOFT_SHADOWS takes four comparisons for soft edges, otherwise the hardware's one.

uniform sampler2DShadow shadow_map;
uniform mat4 shadow_from_local;  // to texture space [0, 1] and depth; all to a lit place where there is no map
uniform vec4 shadow_fit;         // 1 / map size, texel in metres, depth range in metres, 1 = there is a map

vec3 place_in_shadow_map(vec3 position, vec3 normal, vec3 sun) {
    // walk out of the surface and towards the sun by what a texel covers; the map itself leans away from it
    vec3 from = position + shadow_fit.y * (normal * 0.6 + sun * 0.8);
    return (shadow_from_local * vec4(from, 1.0)).xyz;
}

float sunlit_at(vec3 at) {
#ifdef USE_SOFT_SHADOWS
    at.z = min(at.z, 1.0);  // farther than the map knows is lit
    float texel = shadow_fit.x;
    float sum = texture(shadow_map, vec3(at.xy + texel * vec2(-0.7, -0.3), at.z));
    sum += texture(shadow_map, vec3(at.xy + texel * vec2(0.3, -0.7), at.z));
    sum += texture(shadow_map, vec3(at.xy + texel * vec2(0.7, 0.3), at.z));
    sum += texture(shadow_map, vec3(at.xy + texel * vec2(-0.3, 0.7), at.z));
    return sum * 0.25;
#else
    return texture(shadow_map, vec3(at.xy, min(at.z, 1.0)));
#endif
}
