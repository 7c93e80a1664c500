"""Photoshop documents (.psd, and .psb up to what a canvas may hold), from Adobe's file format specification (2019).

Read and written by ourselves, because every size in such a file may lie: nothing is allocated before it is known to be
in the file and to fit.
"""
