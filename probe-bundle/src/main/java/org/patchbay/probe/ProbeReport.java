package org.patchbay.probe;

/**
 * What a probe counted since it was opened. Each frame that was sent is returned, lost or in
 * flight: {@code sent = returned + lost + inFlight} at all times.
 *
 * @param sent frames that the backend, or the fallback, accepted
 * @param returned frames that came back right, each counted once
 * @param lost frames that did not come back within two seconds, or while 65536 later ones were sent
 * @param inFlight frames sent, and neither back nor given up
 * @param queued frames that were due and wait in the ring
 * @param skipped frames that were due while the ring was full, and so never came to be
 * @param duplicates frames that came back once more
 * @param reordered frames that came back after a later one
 * @param late frames that came back after they were given up; they stay lost
 * @param corrupt frames of this probe that were changed on the way; they become lost
 * @param foreign frames that came in and are not of this probe
 * @param sentPerSecond frames sent, over the last second
 * @param returnedPerSecond frames returned, over the last second
 * @param longestGap nanoseconds without a frame that came back, since the probe was opened or the
 *     measurement began, the gap that has not ended included
 * @param latency of the frames that were returned
 */
public record ProbeReport(
    long sent,
    long returned,
    long lost,
    long inFlight,
    long queued,
    long skipped,
    long duplicates,
    long reordered,
    long late,
    long corrupt,
    long foreign,
    long sentPerSecond,
    long returnedPerSecond,
    long longestGap,
    Latency latency) {}
