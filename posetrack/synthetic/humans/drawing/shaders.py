"""GLSL shaders for people, objects and shadows."""

from __future__ import annotations

from posetrack.synthetic.humans import character
from posetrack.synthetic.humans.drawing import material

_PARTS = ("SKIN", "EYE", "SUIT", "TIGHTS", "SKIRT", "SHOES", "HAIR", "HAT")
_PATTERNS = ("ROWS", "COLUMNS", "CHECKS", "BLOTCHES", "PRINT", "DENIM", "DOTS", "SIDE_STRIPE", "ZIP", "HALVES")
_NAMES = {name: getattr(character, name) for name in _PARTS}
_NAMES |= {name: getattr(material, name) for name in _PATTERNS}
_NAMES |= {f"SLOT_{name.upper()}": index for index, name in enumerate(material.SLOTS)}
DEFINES = "#version 330\n" + "".join(f"#define {name} {value}\n" for name, value in sorted(_NAMES.items()))

# The image is drawn upside down, so that its top row is read back first.
TO_SCREEN = """
uniform mat3 view; uniform vec3 eye; uniform vec4 lens; uniform vec2 planes;
vec4 to_screen(vec3 world, out float depth) {
  vec3 q = view * (world - eye); depth = -q.z;
  float a = (planes.y + planes.x) / (planes.y - planes.x), b = -2.0 * planes.y * planes.x / (planes.y - planes.x);
  return vec4(lens.x * q.x + lens.y * depth, -lens.z * q.y + lens.w * depth, a * depth + b, depth);
}
"""
_LIT = """
uniform vec3 sun; uniform vec3 sun_color; uniform vec3 sky; uniform vec3 ground;
uniform sampler2D noise_map; uniform sampler2D shadow_map; uniform mat4 to_shadow; uniform float shadow_size;
uniform float softness; uniform bool shadows; uniform vec3 eye_at;
float lit(vec3 world, float slope) {
  if (!shadows) return 1.0;
  vec3 s = (to_shadow * vec4(world, 1.0)).xyz * 0.5 + 0.5;
  if (any(lessThan(s, vec3(0.0))) || any(greaterThan(s, vec3(1.0)))) return 1.0;
  float bias = 0.0035 + 0.006 * slope, sum = 0.0; vec2 d = vec2(softness / shadow_size, -softness / shadow_size);
  sum += step(s.z - bias, texture(shadow_map, s.xy + 0.5 * d.xx).r) + step(s.z - bias, texture(shadow_map, s.xy + 0.5 * d.xy).r);
  sum += step(s.z - bias, texture(shadow_map, s.xy + 0.5 * d.yx).r) + step(s.z - bias, texture(shadow_map, s.xy + 0.5 * d.yy).r);
  return sum * 0.25;
}
vec3 shade(vec3 albedo, vec3 n, vec3 world, float wrap, float gloss) {
  float raw = dot(n, sun), d = clamp((raw + wrap) / (1.0 + wrap), 0.0, 1.0);
  float s = d > 0.0 ? lit(world, 1.0 - clamp(raw, 0.0, 1.0)) : 0.0;
  vec3 h = normalize(sun + normalize(eye_at - world));
  float shine = gloss > 0.01 ? gloss * pow(max(dot(n, h), 0.0), 10.0 + 50.0 * gloss) : 0.0;
  vec3 c = albedo * (mix(ground, sky, 0.5 + 0.5 * n.y) + sun_color * d * s) + sun_color * shine * s;
  return 1.06 * (1.0 - exp(-1.7 * c));  // a film's shoulder: bright things do not burn out
}
"""
SKINNING = """
in vec3 position; in vec3 normal; in uvec4 bones; in vec4 shares; in float part; in vec2 along; in vec4 paint; in float under;
uniform vec4 bone_rows[BONES * 3]; uniform float looseness;
void pose(out vec3 world, out vec3 turned) {
  int p = int(part + 0.5);
  vec3 at = position + normal * ((p == TIGHTS || p == SKIRT) ? looseness : 0.0);
  world = vec3(0.0); turned = vec3(0.0);
  for (int k = 0; k < 4; k++) {
    int b = 3 * int(bones[k]); vec4 x = bone_rows[b], y = bone_rows[b + 1], z = bone_rows[b + 2];
    world += shares[k] * (vec3(dot(x.xyz, at), dot(y.xyz, at), dot(z.xyz, at)) + vec3(x.w, y.w, z.w));
    turned += shares[k] * vec3(dot(x.xyz, normal), dot(y.xyz, normal), dot(z.xyz, normal));
  }
}
"""
# Where there is cloth: sleeves and hems are cut by the fragment's coordinates along arm and height.
CUT = """
uniform float sleeve; uniform float hem; uniform float waist; uniform float neckline; uniform float skirt_hem;
uniform bool bare_chest; uniform bool tights; uniform bool gloves;
bool is_arm(vec2 c) { return c.x > -0.5; }
bool clothed(vec2 c, float margin) {
  if (is_arm(c)) return !bare_chest && c.x < sleeve - margin;
  if (c.y > waist) return !bare_chest && c.y < neckline - margin;
  return c.y > hem + margin;
}
bool cut_away(int p, vec2 c, float hidden) {
  if (p == SKIN) return hidden > 0.98 && clothed(c, 0.06);
  if (p == TIGHTS) return !clothed(c, 0.0);
  if (p == SUIT) return is_arm(c) ? c.x > sleeve : c.y < hem;
  if (p == SKIRT) return c.y < skirt_hem || c.y > waist + 0.12;
  return false;
}
"""


def person_vertex(num_bones: int) -> str:
    """Vertex shader of a person with ``num_bones`` bones."""
    return (
        DEFINES + f"#define BONES {num_bones}\n" + TO_SCREEN + SKINNING
        + """
out vec3 v_rest; out vec3 v_normal; out vec3 v_rest_normal; out vec3 v_world; out vec2 v_along; out vec4 v_paint;
out float v_under; out float v_depth; flat out int v_part;
void main() {
  vec3 world, turned; pose(world, turned);
  v_rest = position; v_rest_normal = normal; v_normal = turned; v_world = world; v_along = along; v_paint = paint;
  v_under = under; v_part = int(part + 0.5);
  gl_Position = to_screen(world, v_depth);
}"""
    )  # fmt: skip


def person_shadow_vertex(num_bones: int) -> str:
    """Vertex shader of a person in the light's view, for the shadow map."""
    return (
        DEFINES + f"#define BONES {num_bones}\n" + SKINNING
        + """
uniform mat4 to_shadow; out vec2 v_along; out float v_under; flat out int v_part;
void main() {
  vec3 world, turned; pose(world, turned);
  v_along = along; v_under = under + 0.0 * paint.x; v_part = int(part + 0.5);
  gl_Position = to_shadow * vec4(world, 1.0);
}"""
    )  # fmt: skip


PERSON_SHADOW_FRAGMENT = (
    DEFINES + CUT
    + """
in vec2 v_along; in float v_under; flat in int v_part;
void main() { if (cut_away(v_part, v_along, v_under)) discard; }"""
)  # fmt: skip

PERSON_FRAGMENT = (
    DEFINES + _LIT + CUT
    + """
in vec3 v_rest; in vec3 v_normal; in vec3 v_rest_normal; in vec3 v_world; in vec2 v_along; in vec4 v_paint;
in float v_under; in float v_depth; flat in int v_part;
uniform vec3 colors[9]; uniform vec3 second[9]; uniform vec4 patterns[9]; uniform vec3 iris; uniform vec2 seed;
uniform float creases; uniform float socks; uniform float scalp; uniform float beard; uniform float person;
layout(location = 0) out vec4 color; layout(location = 1) out vec2 owner;
float wave(float x) { return step(0.5, fract(x)); }
float pattern(vec4 p, vec3 r, vec4 n) {
  int kind = int(p.x + 0.5); float f = p.y;
  if (kind == ROWS) return wave(r.y * f + p.z);
  if (kind == COLUMNS) return wave((abs(v_rest_normal.z) > 0.5 ? r.x : r.z) * f + p.z);
  if (kind == CHECKS) return 0.5 * (wave(r.y * f) + wave((abs(v_rest_normal.z) > 0.5 ? r.x : r.z) * f));
  if (kind == BLOTCHES) return smoothstep(0.44, 0.56, n.x);
  if (kind == PRINT) {
    vec2 c = vec2(r.x, r.y - mix(2.4, 4.2, p.z)) * mix(0.6, 1.3, fract(f));
    return step(dot(c, c), 1.0) * step(0.2, v_rest_normal.z) * step(0.42, n.y);
  }
  if (kind == DENIM) return 0.65 * n.z * n.z + 0.35 * smoothstep(0.3, 0.0, abs(fract(v_along.y) - 0.75)) * step(0.3, v_rest_normal.z);
  if (kind == DOTS) { vec2 c = fract(vec2(r.x + r.z, r.y) * f) - 0.5; return step(dot(c, c), 0.07); }
  if (kind == SIDE_STRIPE) return step(0.86, abs(normalize(v_rest_normal).x)) * step(0.25, abs(r.x));
  if (kind == ZIP) return step(abs(r.x), 0.14) * step(0.0, v_rest_normal.z);
  if (kind == HALVES) return step(mix(1.5, 4.5, p.z), r.y);
  return 0.0;
}
int slot_of(int p, vec2 c) {
  if (p == SUIT || p == TIGHTS) return is_arm(c) ? SLOT_SLEEVES : (c.y > waist ? SLOT_TOP : SLOT_BOTTOM);
  if (p == SKIRT) return SLOT_SKIRT;
  if (p == SHOES) return SLOT_SHOES;
  if (p == HAIR) return SLOT_HAIR;
  if (p == HAT) return SLOT_HAT;
  if (p == SKIN && !is_arm(c) && c.y < socks) return SLOT_SOCKS;
  if (p == SKIN && gloves && c.x > 1.95) return SLOT_SHOES;
  return SLOT_SKIN;
}
void main() {
  if (cut_away(v_part, v_along, v_under)) discard;
  int slot = slot_of(v_part, v_along);
  vec3 r = v_rest;
  vec4 coarse = texture(noise_map, seed + vec2(r.x + 0.6 * r.z, r.y) * 0.045);
  vec4 fine = texture(noise_map, seed.yx + vec2(r.x - 0.8 * r.z, 0.6 * r.y) * 0.21);
  vec4 p = patterns[slot];
  vec3 albedo = mix(colors[slot], second[slot], pattern(p, r, int(p.x + 0.5) == BLOTCHES ? texture(noise_map, seed + r.xy * 0.03 * p.y) : fine));
  bool cloth = slot != SLOT_SKIN && slot != SLOT_HAIR;
  float wrap = 0.0;
  if (v_part == EYE) {
    float front = normalize(v_rest_normal).z;
    albedo = front > 0.93 ? vec3(0.02) : (front > 0.8 ? iris : vec3(0.86, 0.84, 0.82)); p.w = 0.5;
  } else if (slot == SLOT_SKIN) {
    wrap = 0.25;
    albedo *= 0.93 + 0.14 * coarse.x;
    if (!is_arm(v_along)) {
      albedo = mix(albedo, albedo * vec3(0.86, 0.55, 0.55), smoothstep(0.4, 0.7, v_paint.y));
      albedo = mix(albedo, colors[SLOT_HAIR] * 0.8, smoothstep(0.35, 0.65, v_paint.x) * 0.85);
      albedo = mix(albedo, colors[SLOT_HAIR], smoothstep(0.4, 0.6, v_paint.z) * beard);
      albedo = mix(albedo, colors[SLOT_HAIR] * (0.8 + 0.4 * fine.y), smoothstep(0.4, 0.6, v_paint.w) * scalp);
    }
  } else albedo *= 0.82 + 0.36 * coarse.x;
  vec3 n = normalize(v_normal);
  float rough = cloth ? creases : (slot == SLOT_HAIR ? 0.5 : 0.06);
  n = normalize(n + rough * ((coarse.yzw - 0.5) * 1.3 + (fine.yzw - 0.5) * 0.5));
  if (dot(n, normalize(eye_at - v_world)) < -0.25) n = -n;
  color = vec4(shade(albedo, n, v_world, wrap, p.w), 1.0);
  owner = vec2(person, v_depth);
}"""
)  # fmt: skip

THING_VERTEX = (
    DEFINES + TO_SCREEN
    + """
in vec3 position; in vec3 normal; in vec3 local; in vec3 first; in vec3 other; in vec2 surface; in float owner_id;
out vec3 v_world; out vec3 v_normal; out vec3 v_local; out vec3 v_first; out vec3 v_other; flat out vec2 v_surface;
flat out float v_owner; out float v_depth;
void main() {
  v_world = position; v_normal = normal; v_local = local; v_first = first; v_other = other; v_surface = surface;
  v_owner = owner_id; gl_Position = to_screen(position, v_depth);
}"""
)  # fmt: skip

THING_FRAGMENT = (
    DEFINES + _LIT
    + """
in vec3 v_world; in vec3 v_normal; in vec3 v_local; in vec3 v_first; in vec3 v_other; flat in vec2 v_surface;
flat in float v_owner; in float v_depth;
layout(location = 0) out vec4 color; layout(location = 1) out vec2 owner;
void main() {
  vec3 l = v_local; int kind = int(v_surface.x + 0.5); float f = v_surface.y;
  vec3 a = abs(v_normal); vec2 uv = a.y > 0.7 ? l.xz : (a.x > 0.7 ? l.zy : l.xy);
  vec4 n = texture(noise_map, uv * 0.037), m = texture(noise_map, uv.yx * 0.0071 + 0.3);
  float t = 0.0;
  if (kind == ROWS) t = step(0.5, fract(uv.y * f));
  else if (kind == COLUMNS) t = step(0.5, fract(uv.x * f));
  else if (kind == CHECKS) t = abs(step(0.5, fract(uv.x * f)) - step(0.5, fract(uv.y * f)));
  else if (kind == BLOTCHES) t = smoothstep(0.35, 0.65, texture(noise_map, uv * 0.02 * f).x);
  else if (kind == PRINT) t = step(0.62, texture(noise_map, floor(uv * 3.0 * f) * 0.13).y);
  else if (kind == DENIM) { vec2 g = abs(fract(uv * f) - 0.5); t = step(0.46, max(g.x, g.y)); }
  else if (kind == DOTS) { vec2 g = fract(uv * f * vec2(1.0, 0.7)) - 0.5; t = step(abs(g.x), 0.26) * step(abs(g.y), 0.3); }
  vec3 albedo = mix(v_first, v_other, t) * (0.7 + 0.35 * n.x + 0.3 * m.y);
  vec3 v = normalize(v_normal); if (dot(v, eye_at - v_world) < 0.0) v = -v;
  color = vec4(shade(albedo, v, v_world, 0.0, kind == SIDE_STRIPE ? 0.4 : 0.0), 1.0);
  owner = vec2(v_owner, v_depth);
}"""
)  # fmt: skip

THING_SHADOW_VERTEX = """#version 330
in vec3 position; uniform mat4 to_shadow;
void main() { gl_Position = to_shadow * vec4(position, 1.0); }"""
THING_SHADOW_FRAGMENT = """#version 330
void main() {}"""
