/**
 * The engine that every frontend shares: it drives queues for a guest and survives the exchange of
 * what is behind them.
 *
 * <p><b>How one gets at it.</b> A frontend implements {@link org.patchbay.frontend.RingPair}, takes
 * the {@link org.patchbay.frontend.Engines} service, opens a {@link org.patchbay.frontend.Worker}
 * and then a {@link org.patchbay.frontend.NicEngine} for each of its NICs.
 *
 * <pre>
 *   operator --> DisconnectableControl
 *                        |
 *                 DisconnectableEndpoint --awaitAction--> Coordinator --halt, resume--> Port
 *                        |                                                               |
 *                      Queue  <------------------- one pass after the other ----------- Worker
 *                                                                                        |
 *                                                                                    RingPair (guest)
 * </pre>
 *
 * <p><b>Threads.</b> One coordinator a NIC: it waits for actions, halts the port, closes and opens
 * queues. One worker a queue, or for several NICs whose frames cross (a cable): it alone touches
 * the rings, the ledger and the queue. The two meet in {@code Port}'s state, nowhere else.
 */
@Export
@Version("0.1.0")
@NullMarked
package org.patchbay.frontend;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
