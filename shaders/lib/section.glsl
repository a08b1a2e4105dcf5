#pragma once
// What a section cuts away. In step with explorer/geo/cutting.py and explorer/render/section.py. Places are local: the
// planes come relative to the render origin, so that a cut stands still at map coordinates.
// Defines: USE_SECTION. Without it nothing is cut, and nothing is worked out. USE_SECTION_RING: an upright prism, too.
// USE_SECTION_PLANE: one plane alone, whose distance is worked out at the vertices.

#ifdef USE_SECTION
uniform vec4 section_planes[6];  // unit normal to the outside, offset; unused ones have everything inside
uniform float section_keeps;     // 1: what is inside stays, 0: what is outside
#ifdef USE_SECTION_RING
uniform samplerBuffer section_bands;  // level bands of the ring: first side, number of sides
uniform samplerBuffer section_sides;  // x, y of both ends, from section_anchor
uniform vec2 section_anchor;
uniform vec3 section_band_fit;        // least y, height of a band, number of bands
#endif

#ifdef USE_SECTION_PLANE
#define SECTION_PLACE float
float section_place_of(vec3 place) { return dot(section_planes[0], vec4(place, 1.0)); }
bool is_cut_away(float far) { return far > 0.0; }
#else
#define SECTION_PLACE vec3
vec3 section_place_of(vec3 place) { return place; }

bool is_cut_away(vec3 place) {
    vec4 at = vec4(place, 1.0);
    float far = max(max(max(dot(section_planes[0], at), dot(section_planes[1], at)),
                        max(dot(section_planes[2], at), dot(section_planes[3], at))),
                    max(dot(section_planes[4], at), dot(section_planes[5], at)));
    bool is_outside = far > 0.0;
#ifdef USE_SECTION_RING
    if (!is_outside) {
        vec2 p = place.xy - section_anchor;
        bool is_inside = false;
        float row = floor((p.y - section_band_fit.x) / section_band_fit.y);
        bool is_beside = row < 0.0 || row >= section_band_fit.z;
        vec4 band = is_beside ? vec4(0.0) : texelFetch(section_bands, int(row));
        int first = int(band.x + 0.5), last = first + int(band.y + 0.5);
        for (int i = first; i < last; i++) {
            vec4 side = texelFetch(section_sides, i);
            bool crosses = (side.y > p.y) != (side.w > p.y);
            if (crosses && p.x < side.x + (p.y - side.y) * (side.z - side.x) / (side.w - side.y))
                is_inside = !is_inside;
        }
        is_outside = !is_inside;
    }
#endif
    return is_outside == (section_keeps > 0.5);
}
#endif
#endif
