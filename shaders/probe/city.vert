#version 330 core
// How fast triangles are: about the work that surface.vert has with each corner.
in vec4 p3d_Vertex;
in vec4 p3d_Color;
uniform mat4 p3d_ModelViewProjectionMatrix;
out vec3 colour;

void main() {
    vec3 away = p3d_Vertex.xyz - vec3(0.0, -1500.0, 600.0);
    float far = inversesqrt(dot(away, away));
    vec3 light = mix(vec3(0.3, 0.35, 0.4), vec3(1.0, 0.95, 0.85), clamp(p3d_Vertex.z * 0.05, 0.0, 1.0));
    colour = sqrt(p3d_Color.rgb * light * (0.5 + 0.5 * far * 600.0));
    gl_Position = p3d_ModelViewProjectionMatrix * p3d_Vertex;
}
