#pragma once
// A tile that comes or goes keeps the pixels of its share of a pattern (explorer/render/fade.py), and what a style makes
// translucent keeps as many as it is opaque: no sorting, and depth stays what it is. Defines: USE_FADE, USE_SEE_THROUGH.
// The pattern is interleaved gradient noise (Jimenez 2014, Next generation post processing in Call of Duty).

#ifdef USE_FADE
uniform vec2 fade;               // least and greatest value of the pattern that are kept
#endif
#ifdef USE_SEE_THROUGH
flat in float opacity;
#endif

#if defined(USE_FADE) || defined(USE_SEE_THROUGH)
void leave_to_others() {
    float pattern = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));
#ifdef USE_FADE
    if (pattern < fade.x || pattern >= fade.y) discard;
#endif
#ifdef USE_SEE_THROUGH
    if (pattern >= opacity) discard;
#endif
}
#else
void leave_to_others() {}
#endif
