/**
 * What Patchbay needs of Linux, called through the Foreign Function and Memory API: the only native
 * code of the platform.
 *
 * <p>One class for each surface of the kernel: {@link org.patchbay.linux.Descriptor} owns an open
 * file, {@link org.patchbay.linux.Epoll} and {@link org.patchbay.linux.EventFd} wait and wake,
 * {@link org.patchbay.linux.Mapping} and {@link org.patchbay.linux.MemoryFile} are memory, {@link
 * org.patchbay.linux.Tun} is {@code /dev/net/tun}, {@link org.patchbay.linux.InterfaceControl} sets
 * flags and MTU, {@link org.patchbay.linux.NetworkNamespace} enters namespaces, {@link
 * org.patchbay.linux.UnixSocket} passes descriptors, {@link org.patchbay.linux.StreamSocket} is a
 * non-blocking connection over a unix or TCP address, {@link org.patchbay.linux.IoUring} writes and
 * reads in batches and {@link org.patchbay.linux.RawIo} holds the calls of the packet path.
 *
 * <p>A bundle gets at it by importing the package; nothing here is a service. {@link
 * org.patchbay.linux.LinuxPlatform#problem()} says whether the calls can work in this JVM and is
 * the one thing to ask before anything else.
 *
 * <p>Control-path calls throw {@link org.patchbay.linux.LinuxException}, which names the call and
 * the errno, and may be made from any thread. Calls of the packet path ({@link
 * org.patchbay.linux.RawIo}, {@link org.patchbay.linux.IoUring#submit()}, {@link
 * org.patchbay.linux.Epoll#await}) allocate nothing, throw nothing and answer the negated errno;
 * each of these objects belongs to one thread at a time. Numbers that differ between the
 * architectures are in {@link org.patchbay.linux.Architecture}; the bundle's tests compare every
 * layout and number with the C compiler's for x86-64 and aarch64.
 */
@Export
@Version("0.1.0")
@NullMarked
package org.patchbay.linux;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
