#pragma once
// How large points and lines are on screen. In step with explorer/render/points.py.
#pragma include "lib/frames.glsl"

uniform float pixels_at_metre;   // how many pixels a metre is, a metre away
uniform vec2 viewport_px;
uniform vec2 point_px;           // least and greatest diameter of a point, px
uniform float line_px;           // width of a line, px
uniform float point_metres;      // diameter of this tile's points

float point_size_at(vec4 position_in_clip) {
    return clamp(point_metres * pixels_at_metre / max(position_in_clip.w, 1e-3), point_px.x, point_px.y);
}

#ifdef USE_POINTS
// Two texels a point: place and feature row (-1: none), then tint (24 bits) and normal. Each point is a triangle around
// its dot: what Panda3D draws as points cannot be given a size by a shader.
uniform samplerBuffer point_table;

struct Dot { vec3 position; uint feature; vec3 tint; vec3 normal; vec2 corner; };

Dot find_dot() {
    vec4 one = texelFetch(point_table, gl_VertexID / 3 * 2);
    vec4 two = texelFetch(point_table, gl_VertexID / 3 * 2 + 1);
    int rgb = int(two.x + 0.5);
    int corner = gl_VertexID % 3;
    return Dot(one.xyz, one.w < 0.0 ? 0xFFFFFFFFu : uint(one.w + 0.5),
               vec3(rgb >> 16, (rgb >> 8) & 255, rgb & 255) / 255.0, two.yzw,
               corner == 0 ? vec2(0.0, 2.0) : corner == 1 ? vec2(-1.7320508, -1.0) : vec2(1.7320508, -1.0));
}
#endif

// One end of a line's piece, moved to its left or right on screen. Both ends are brought before the eye first.
vec4 beside_line(vec4 here, vec4 there, float side, float width_px, vec2 viewport) {
    float nearest = max(near_distance, 1e-3);
    if (here.w < nearest && there.w < nearest) return vec4(2.0, 2.0, 2.0, 1.0);
    if (here.w < nearest) here = mix(here, there, (nearest - here.w) / (there.w - here.w));
    if (there.w < nearest) there = mix(there, here, (nearest - there.w) / (here.w - there.w));
    vec2 along = (there.xy / there.w - here.xy / here.w) * viewport;
    along *= inversesqrt(max(dot(along, along), 1e-12));
    here.xy += vec2(-along.y, along.x) * side * width_px / viewport * here.w;
    return here;
}
