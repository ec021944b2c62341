/**
 * The probe: a frontend without a guest. It sends numbered frames at a set rate, checks what comes
 * back, and reports losses, order and latency. It is the default NIC, and the load of tests and
 * benches.
 *
 * <p><b>How one gets at it.</b> A factory configuration {@code org.patchbay.probe~NAME} makes one
 * NIC; {@code inspect NAME} shows its report. Code that has an {@link
 * org.patchbay.frontend.Engines} opens a {@link org.patchbay.probe.Probe}; code that has its own
 * loop drives {@link org.patchbay.probe.ProbeRings}.
 *
 * <pre>
 *   Pacer -> TransmitRing (ProbeFrames) -- accepted --> SequenceWindow
 *                                                             |
 *   receive slots -> ProbeFrames ---- returned ---> SequenceWindow, LatencyHistogram
 * </pre>
 *
 * <p><b>Threads.</b> One worker a probe; it alone touches rings, frames and sequences. Reports and
 * the rate may be asked for and set by any thread.
 */
@NullMarked
package org.patchbay.probe;

import org.jspecify.annotations.NullMarked;
