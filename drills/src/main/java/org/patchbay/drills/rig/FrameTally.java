package org.patchbay.drills.rig;

/**
 * What became of the frames of one span of time.
 *
 * @param sent frames that were sent in it
 * @param lost those of them that never arrived
 * @param duplicated arrivals in it beyond the frames that were sent
 * @param reordered frames that arrived in it after later ones
 * @param longestGapNanos the longest time in it between two arrivals
 */
public record FrameTally(int sent, int lost, int duplicated, int reordered, long longestGapNanos) {}
