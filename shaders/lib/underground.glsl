#pragma once
// Ground that is seen from below: a veil, so that what stands on it shows. Defines: USE_UNDERGROUND.

#ifdef USE_UNDERGROUND
bool is_from_below(float class_of_vertex, vec3 normal, vec3 view) {
    int kind = int(class_of_vertex * 127.0 + 0.5);
    bool is_ground = (kind >= 6 && kind <= 11) || kind == 15;
    return is_ground && normal.z > 0.0 && dot(normal, view) > 0.0;
}

// One pixel of four stays: no sorting, and a picture that is shrunk makes a quarter of it.
bool is_veiled(vec2 pixel) { return ((int(pixel.x) | int(pixel.y)) & 1) != 0; }
#endif
