/**
 * The cable: a frontend that joins two NICs, so that what one receives the other transmits. A frame
 * crosses without being copied: the receive buffer of one side is what the other side transmits.
 *
 * <p><b>How one gets at it.</b> A factory configuration {@code org.patchbay.cable~NAME} makes the
 * two NICs {@code NAME.a} and {@code NAME.b}, each with an endpoint of its own to plug. Code that
 * has an {@link org.patchbay.frontend.Engines} opens a {@link org.patchbay.cable.Cable}.
 *
 * <pre>
 *   buffer of side a:  free -- taken --> posted at a -- delivered --> waiting for b
 *                        ^                                                 |
 *                        +------------- completed -- in flight at b <-- accepted
 * </pre>
 *
 * <p>Nothing is dropped here: when side b takes nothing, side a's buffers run out and its backend
 * keeps the frames.
 *
 * <p><b>Threads.</b> One worker serves both sides, so that no frame waits for another thread; it
 * alone touches the rings.
 */
@NullMarked
package org.patchbay.cable;

import org.jspecify.annotations.NullMarked;
