#pragma once
// Frames and inputs that every pass shares. In step with explorer/render/uniforms.py.
//
// "local" is the world (easting, northing, height, metres, Z up) relative to the floating render origin, so that
// float32 is enough; camera_in_local is the eye there. Reversed depth: z of clip space is the near distance, the
// stored depth is near / w, 1 at the near plane and 0 at infinity.

uniform mat4 p3d_ModelMatrix;
uniform mat4 p3d_ViewProjectionMatrix;
uniform vec3 camera_in_local;
uniform float near_distance;

vec4 clip_from_local(vec3 position_in_local) {
    vec4 position = p3d_ViewProjectionMatrix * vec4(position_in_local, 1.0);
#ifdef USE_REVERSED_DEPTH
    position.z = near_distance;
#endif
    return position;
}

// As far away as depth goes, so that anything else covers it.
vec4 behind_everything(vec3 position_in_local) {
    vec4 position = p3d_ViewProjectionMatrix * vec4(position_in_local, 1.0);
#ifdef USE_REVERSED_DEPTH
    position.z = 0.0;
#else
    position.z = position.w * 0.9999999;
#endif
    return position;
}

// Towards the eye by a share of the depth: lines that lie on a surface win over it.
vec4 nearer(vec4 position_in_clip, float share) {
#ifdef USE_REVERSED_DEPTH
    position_in_clip.z *= 1.0 + share;
#else
    position_in_clip.z -= share * 2.0 * near_distance;
#endif
    return position_in_clip;
}

// The same place on screen, but outside of what is drawn: a line is cut where it leads there.
vec4 clipped_away(vec4 position_in_clip) {
#ifdef USE_REVERSED_DEPTH
    position_in_clip.z = -abs(position_in_clip.z);
#else
    position_in_clip.z = 2.0 * abs(position_in_clip.w);
#endif
    return position_in_clip;
}
