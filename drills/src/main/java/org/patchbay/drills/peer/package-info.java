/**
 * The peers of a vhost-user NIC: Linux guests in QEMU, and DPDK's testpmd, which needs no machine.
 *
 * <p>{@link org.patchbay.drills.peer.Guest} boots a Debian kernel with an initial file system that
 * is made here of busybox, the virtio modules and a shell that a drill talks to over a serial port.
 * {@link org.patchbay.drills.peer.Testpmd} drives virtio-user from user space. Both are ended by
 * the drill's {@link org.patchbay.drills.rig.Cleanup}.
 *
 * <p><b>Threads.</b> A drill's own thread uses a peer; a daemon thread for each socket collects
 * what it says.
 */
@NullMarked
package org.patchbay.drills.peer;

import org.jspecify.annotations.NullMarked;
