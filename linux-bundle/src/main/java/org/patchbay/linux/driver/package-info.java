/**
 * The worker's wait on Linux: one epoll instance per worker covers the guest's kicks, the backends'
 * descriptors and wake-ups.
 *
 * <p>Nobody imports this package. {@link org.patchbay.linux.driver.EpollWaitRegistrar} registers
 * the {@link org.patchbay.api.driver.WorkerWaitFactory} service where the bindings can work; the
 * engine finds it there and calls it on the threads that the service's type names.
 */
@NullMarked
package org.patchbay.linux.driver;

import org.jspecify.annotations.NullMarked;
