"""What `source/network.cpp` is told, field for field."""

import ctypes
from ctypes import POINTER, c_float, c_int32, c_void_p


class Matrix(ctypes.Structure):
    _fields_ = (
        ("format", c_int32),
        ("outputs", c_int32),
        ("inputs", c_int32),
        ("padded_inputs", c_int32),
        ("data", c_void_p),
        ("bias", c_void_p),
    )


class Layer(ctypes.Structure):
    _fields_ = (
        ("query_key_value", Matrix),
        ("attention_output", Matrix),
        ("gate_up", Matrix),
        ("down", Matrix),
        ("attention_norm", c_void_p),
        ("query_norm", c_void_p),
        ("key_norm", c_void_p),
        ("after_attention_norm", c_void_p),
        ("after_mlp_norm", c_void_p),
        ("mlp_norm", c_void_p),
        ("cosines", c_void_p),
        ("sines", c_void_p),
        ("window", c_int32),
    )


class Network(ctypes.Structure):
    _fields_ = (
        ("layers", c_int32),
        ("hidden", c_int32),
        ("heads", c_int32),
        ("kv_heads", c_int32),
        ("head_size", c_int32),
        ("rotary_size", c_int32),
        ("intermediate", c_int32),
        ("vocabulary", c_int32),
        ("activation", c_int32),
        ("half_cache", c_int32),
        ("epsilon", c_float),
        ("attention_scale", c_float),
        ("embedding_scale", c_float),
        ("embedding", Matrix),
        ("head", Matrix),
        ("final_norm", c_void_p),
        ("layer", POINTER(Layer)),
    )


class Segment(ctypes.Structure):
    _fields_ = (("start", c_int32), ("end", c_int32), ("position", c_int32), ("first_block", c_int32))


class Step(ctypes.Structure):
    _fields_ = (
        ("tokens", c_int32),
        ("segments", c_int32),
        ("wanted", c_int32),
        ("token", c_void_p),
        ("position", c_void_p),
        ("wanted_rows", c_void_p),
        ("segment", POINTER(Segment)),
        ("blocks", POINTER(c_int32)),
        ("cache", c_void_p),
        ("logits", c_void_p),
    )
