/**
 * The vhost-user protocol as the back-end speaks it: messages, the session that they drive, and the
 * memory that a front-end shares.
 *
 * <p><b>How one gets at it.</b> A {@link org.patchbay.vhostuser.protocol.MessageChannel} over a
 * connected socket reads {@link org.patchbay.vhostuser.protocol.Message}s; a {@link
 * org.patchbay.vhostuser.protocol.Session} handles one after the other and answers. What they ask
 * of the rings it does through a {@link org.patchbay.vhostuser.protocol.DeviceRings}.
 *
 * <pre>
 *   socket -- MessageChannel -- Message --> Session -- SessionMemory -- MemoryTable (what is mapped)
 *                    ^                         | \-- Vrings -- VringState (one for each ring)
 *                    +---------- reply --------+
 *                                              +--> DeviceRings (the engine, at rest)
 * </pre>
 *
 * <p>Names are those of the specification, docs/interop/vhost-user.rst of QEMU, and of VIRTIO 1.3.
 * All numbers are little-endian, as the byte order of both architectures that the platform knows.
 *
 * <p><b>Threads.</b> A session and its channel belong to one thread, the NIC's message thread.
 * Counters and reports may be read by any thread.
 *
 * <p><b>Trust.</b> Nothing that a front-end sends is believed. A message that breaks the protocol
 * is a {@link org.patchbay.vhostuser.protocol.ProtocolViolation}, which ends that one connection.
 */
@NullMarked
package org.patchbay.vhostuser.protocol;

import org.jspecify.annotations.NullMarked;
