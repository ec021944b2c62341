/**
 * The worker's one wait, as the engine sees it: everything that can end a worker's sleep, in one
 * call. The backend's side of it is {@link org.patchbay.api.QueueDriver}.
 *
 * <p>A {@link org.patchbay.api.driver.WorkerWaitFactory} is an OSGi service; the one with the
 * highest ranking is used (epoll on Linux), and a wait that parks, and can't watch descriptors, if
 * there is none. Each type says which thread may call it.
 */
@Export
@Version("0.1.0")
@NullMarked
package org.patchbay.api.driver;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
