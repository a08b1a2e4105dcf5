#pragma once
// The board that a model without ground of its own stands on: the map's own lines, every 10, 100 and 1000 metres, so that
// empty land shows how far it reaches and how it lies. Lines are as wide as they would be drawn on the ground, but never
// more than some pixels: at the feet of who walks they would be taken for paint, and would hide a model of a metre. Nor
// are they thinner than a pixel but fainter instead: far away they fade before they could flicker.

uniform vec2 board_corner;       // map coordinates of local (0, 0), without whole kilometres

const float MOST_PX = 3.0;

// Share of a pixel that lines of a width take, that many metres apart. `pixel`: what one spans along both axes.
float board_lines(vec2 at, vec2 pixel, float apart, float width) {
    vec2 own = min(vec2(width), MOST_PX * pixel);
    vec2 drawn = max(own, pixel);
    vec2 away = abs(fract(at / apart + 0.5) - 0.5) * apart;
    vec2 share = clamp((drawn * 0.5 - away) / pixel + 0.5, 0.0, 1.0) * (own / drawn);
    return max(share.x, share.y);
}

// The board's colour, in display values, with the lines on it.
vec3 on_board(vec3 colour, vec2 at) {
    vec2 pixel = max(fwidth(at), vec2(1e-4));
    float lines = max(max(0.7 * board_lines(at, pixel, 10.0, 0.1), board_lines(at, pixel, 100.0, 0.2)),
                      board_lines(at, pixel, 1000.0, 1.2));
    return colour * (1.0 + 0.15 * lines);
}
