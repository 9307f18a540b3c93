"""GLSL shaders for optical flow: where each pixel moves in the next image."""

from __future__ import annotations

from posetrack.synthetic.humans.drawing.shaders import CUT, DEFINES, SKINNING, TO_SCREEN

_NEXT = """
uniform mat3 next_view; uniform vec3 next_eye; uniform vec4 next_lens;
vec3 to_next(vec3 world) {
  vec3 q = next_view * (world - next_eye); float depth = -q.z;
  return vec3(next_lens.x * q.x + next_lens.y * depth, -next_lens.z * q.y + next_lens.w * depth, depth);
}
"""
_WRITE = """
uniform vec2 size; layout(location = 0) out vec4 flow;
void write_flow(vec3 next) {
  vec2 there = (next.xy / next.z * 0.5 + 0.5) * size;
  flow = vec4(there - gl_FragCoord.xy, next.z > 0.0 ? 1.0 : 0.0, 1.0);
}
"""


def person_flow_vertex(num_bones: int) -> str:
    """Vertex shader of a person in two poses, ``bone_rows`` and ``next_rows``."""
    again = SKINNING[SKINNING.index("void pose") :].replace("void pose", "void pose_next").replace("bone_rows", "next_rows")
    return (
        DEFINES + f"#define BONES {num_bones}\n" + TO_SCREEN + _NEXT + SKINNING
        + "uniform vec4 next_rows[BONES * 3];" + again
        + """
out vec3 v_next; out vec2 v_along; out float v_under; flat out int v_part;
void main() {
  vec3 world, turned, later; float depth; pose(world, turned); pose_next(later, turned);
  v_next = to_next(later); v_along = along; v_under = under + 0.0 * paint.x; v_part = int(part + 0.5);
  gl_Position = to_screen(world, depth);
}"""
    )  # fmt: skip


PERSON_FLOW_FRAGMENT = (
    DEFINES + CUT + _WRITE
    + """
in vec3 v_next; in vec2 v_along; in float v_under; flat in int v_part;
void main() { if (cut_away(v_part, v_along, v_under)) discard; write_flow(v_next); }"""
)  # fmt: skip
THING_FLOW_VERTEX = (
    DEFINES + TO_SCREEN + _NEXT
    + """
in vec3 position; out vec3 v_next;
void main() { float depth; v_next = to_next(position); gl_Position = to_screen(position, depth); }"""
)  # fmt: skip
THING_FLOW_FRAGMENT = DEFINES + _WRITE + "in vec3 v_next; void main() { write_flow(v_next); }"
