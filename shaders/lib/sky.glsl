#pragma once
// Sky radiance by direction, and the haze that distance puts between. Linear RGB, the sun's own glow apart.
//
// A two-colour gradient after the idea of Preetham et al. 1999 (A practical analytic model for daylight), reduced to
// what a model in good light needs: zenith and horizon colours come from explorer/render/daylight.py by sun height.
// Powers are products: a software rasteriser pays dearly for pow and exp.

uniform vec3 sun_direction;      // towards the sun, local, unit
uniform vec3 sun_colour;         // linear radiance of direct light, 0 below the horizon
uniform vec3 sky_zenith;
uniform vec3 sky_horizon;
uniform vec3 ground_bounce;      // light that comes up from the ground
uniform float haze_density;      // 1/m

vec3 sky_colour(vec3 direction) {
    float band = max(1.0 - direction.z, 0.0);  // (1 - up)^6 is near exp(-5.5 up) where it counts
    band = band * band * band;
    band = min(band * band, 1.0);
    vec3 colour = mix(sky_zenith, sky_horizon, band);
    float towards_sun = max(dot(direction, sun_direction), 0.0);
    float glow = towards_sun * towards_sun;
    glow = glow * glow * glow;
    return colour + sun_colour * (glow * 0.0256 * (0.35 + 0.65 * band));
}

// Colour of the air in a direction, and the share of it that a distance puts before what lies there.
vec4 haze(vec3 direction, float distance_m) {
    vec3 air = sky_colour(vec3(direction.xy, max(direction.z, 0.0) * 0.4));
    float left = max(1.0 - distance_m * haze_density * 0.25, 0.0);  // (1 - x / 4)^4 for exp(-x)
    left *= left;
    return vec4(air, 1.0 - left * left);
}
