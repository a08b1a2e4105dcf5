#pragma once
// Cached shadow maps (ordinary depth, 0 near the sun). Their rims are empty, so that what lies outside is lit.
// Defines: USE_SOFT_SHADOWS takes four comparisons for soft edges, otherwise one where all around is lit or in shade, and
// five at an edge; USE_CASCADES has three maps, near ones inside wider ones, and looks them up by position a fragment at
// a time. USE_NEAR_SHADOW: right of the only map stands in its texture a finer one of what is nearest to the eye.

uniform sampler2DShadow shadow_map;
uniform mat4 shadow_from_local;  // to texture space [0, 1] and depth; all to a lit place where there is no map
uniform vec4 shadow_fit;         // 1 / map size, texel in metres, where its square ends in the texture

uniform float shadow_comparisons; // most at an edge: 5, or 1 where a texel is no larger than a pixel
uniform vec2 shadow_texel;        // of the texture

#ifdef USE_SOFT_SHADOWS
const float OUT_IF_GRAZING = 2.4;
#else
const float OUT_IF_GRAZING = 3.4;  // sharpened, beads show more
#endif

// Out of the surface and towards the sun by what a texel covers; the map itself leans away from it. Walls in grazing
// light farther out: they would else meet their own depth, in beads and stripes. Not the ground: it would lose the
// shadows of low things.
vec3 place_in_map(mat4 from_local, float texel_m, vec3 position, vec3 normal, vec3 sun) {
    float grazing = 1.0 - clamp(dot(normal, sun), 0.0, 1.0);
    float out_by = 0.6 + OUT_IF_GRAZING * grazing * grazing * (1.0 - abs(normal.z));
    return (from_local * vec4(position + texel_m * (normal * out_by + sun * 0.8), 1.0)).xyz;
}

vec3 place_in_shadow_map(vec3 position, vec3 normal, vec3 sun) {
    return place_in_map(shadow_from_local, shadow_fit.y, position, normal, sun);
}

#ifdef USE_SOFT_SHADOWS
float lit_in(sampler2DShadow map, float texel, vec3 at, float nearness) {
    at.z = min(at.z, 1.0);  // farther than the map knows is lit
    float sum = texture(map, vec3(at.xy + texel * vec2(-0.7, -0.3), at.z));
    sum += texture(map, vec3(at.xy + texel * vec2(0.3, -0.7), at.z));
    sum += texture(map, vec3(at.xy + texel * vec2(0.7, 0.3), at.z));
    sum += texture(map, vec3(at.xy + texel * vec2(-0.3, 0.7), at.z));
    return sum * 0.25;
}
#else
#ifdef USE_NEAR_SHADOW
uniform vec4 shadow_near;  // x, y, z: a place in the near square is (x, y) + z * that in the wide one;
                           // w: 1 / distance up to which all that is in view is in it
#endif

// One comparison of the four texels around tells whether there is an edge. There, four more about it, in the near
// square if that reaches here, blur its stairs away, and their mean is made as sharp again as a texel. A loop, not an
// `if`: a software rasteriser leaves it where no pixel of a block goes on, but works out both sides of an `if`; and all
// by one look-up, for which it has much code.
float lit_in(sampler2DShadow map, float texel, vec3 at, float nearness) {
    at.z = min(at.z, 1.0);  // farther than the map knows is lit
#ifdef USE_NEAR_SHADOW
    vec2 middle = nearness > shadow_near.w ? shadow_near.xy + shadow_near.z * at.xy : at.xy;
#else
    vec2 middle = at.xy;
#endif
    vec2 tap = at.xy, away = shadow_texel * vec2(1.0, 0.4);
    float sum = 0.0, n = 0.0;
    do {
        sum += texture(map, vec3(tap, at.z));
        n += 1.0;
        tap = middle + away;
        away = vec2(-away.y, away.x);
    } while (n < shadow_comparisons && sum > 0.0 && sum < n);
    return clamp(n > 1.5 ? sum * 0.6 - 1.0 : sum, 0.0, 1.0);
}
#endif

#ifndef USE_CASCADES
// `nearness`: 1 / distance along the view.
float sunlit_at(vec3 at, float nearness) {
    return lit_in(shadow_map, shadow_fit.x, vec3(min(at.x, shadow_fit.z), at.yz), nearness);
}
#else
uniform sampler2DShadow shadow_map_1;
uniform mat4 shadow_from_local_1;
uniform vec4 shadow_fit_1;
uniform sampler2DShadow shadow_map_2;
uniform mat4 shadow_from_local_2;
uniform vec4 shadow_fit_2;

// 1 well inside a map, 0 at its rim.
float share_of(vec3 at) {
    vec2 out_by = abs(at.xy - 0.5) * 2.0;
    return 1.0 - smoothstep(0.85, 0.97, max(out_by.x, out_by.y));
}

float sunlit_by_cascade(vec3 position, vec3 normal, vec3 sun) {
    vec3 at_0 = place_in_map(shadow_from_local, shadow_fit.y, position, normal, sun);
    vec3 at_1 = place_in_map(shadow_from_local_1, shadow_fit_1.y, position, normal, sun);
    float share_0 = share_of(at_0);
    float share_1 = share_of(at_1);
    float lit = 1.0;
    if (share_1 < 1.0) {
        vec3 at_2 = place_in_map(shadow_from_local_2, shadow_fit_2.y, position, normal, sun);
        lit = lit_in(shadow_map_2, shadow_fit_2.x, at_2, 0.0);
    }
    if (share_1 > 0.0 && share_0 < 1.0) lit = mix(lit, lit_in(shadow_map_1, shadow_fit_1.x, at_1, 0.0), share_1);
    if (share_0 > 0.0) lit = mix(lit, lit_in(shadow_map, shadow_fit.x, at_0, 0.0), share_0);
    return lit;
}
#endif
