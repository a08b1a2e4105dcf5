#pragma once
// One cached shadow map (ordinary depth, 0 near the sun), soft edges by a rotated 2x2 kernel of hardware comparisons.

uniform sampler2DShadow shadow_map;
uniform mat4 shadow_from_local;  // to texture space [0, 1] and depth
uniform vec4 shadow_fit;         // 1 / map size, texel in metres, depth range in metres, 1 = there is a map

float sunlit_at(vec3 position, vec3 normal, vec3 sun) {
    if (shadow_fit.w < 0.5) return 1.0;
    float facing = dot(normal, sun);
    // walk out of the surface by what a texel covers: no acne on grazing light, no gap at the foot of a wall
    vec3 from = position + normal * shadow_fit.y * (0.6 + 1.6 * (1.0 - clamp(facing, 0.0, 1.0))) + sun * shadow_fit.y * 0.5;
    vec3 at = (shadow_from_local * vec4(from, 1.0)).xyz;
    if (any(lessThan(at.xy, vec2(0.0))) || any(greaterThan(at.xy, vec2(1.0))) || at.z > 1.0) return 1.0;
    float texel = shadow_fit.x;
    float sum = 0.0;
    sum += texture(shadow_map, vec3(at.xy + texel * vec2(-0.7, -0.3), at.z));
    sum += texture(shadow_map, vec3(at.xy + texel * vec2(0.3, -0.7), at.z));
    sum += texture(shadow_map, vec3(at.xy + texel * vec2(0.7, 0.3), at.z));
    sum += texture(shadow_map, vec3(at.xy + texel * vec2(-0.3, 0.7), at.z));
    return sum * 0.25;
}
