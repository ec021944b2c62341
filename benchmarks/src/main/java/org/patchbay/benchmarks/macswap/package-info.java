/**
 * A backend as a vendor would write one for speed: it sends each frame back with its MAC addresses
 * exchanged, as the forward mode {@code macswap} of DPDK's testpmd does, with one copy a frame.
 *
 * <p>A bench registers {@link org.patchbay.benchmarks.macswap.MacSwapEndpoint} as a service in the
 * platform that it measures; from there on it is plugged like any other. The threads are those of
 * {@link org.patchbay.api.Endpoint} and {@link org.patchbay.api.Queue}.
 */
@NullMarked
package org.patchbay.benchmarks.macswap;

import org.jspecify.annotations.NullMarked;
