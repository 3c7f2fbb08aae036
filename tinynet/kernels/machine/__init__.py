"""How kernels are written, compiled one by one, kept on disk and linked. Not needed to understand anything.

Whoever reads tinynet to learn can pass this door by: there is no mathematics behind it. `jit` has the decorators that
the rest of the package uses and `structs` the tables that kernels read; neither needs Numba. `compiler` turns a
kernel's Python into LLVM code with Numba, `linker` turns that into machine code and loads it, `store` keeps it on disk
under the digest that `fingerprint` computes, and `delivered` finds what came with the package. The other files write,
in LLVM's own language, the few things that compiled Python cannot say: register blocks, views without bookkeeping,
threads that wait for each other.
"""
