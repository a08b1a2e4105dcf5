#pragma once
// A feature's number as three bytes: 0 is nothing. In step with explorer/render/picking.py.

vec4 bytes_from_id(uint id) {
    return vec4(float(id & 255u), float((id >> 8) & 255u), float((id >> 16) & 255u), 255.0) / 255.0;
}
