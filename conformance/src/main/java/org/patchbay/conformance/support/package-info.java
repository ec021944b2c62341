/**
 * What a test of a backend needs on the frontend's side: guest memory of several regions, receive
 * buffers that remember their metadata, a driver that counts wake-ups, and a harness that drives a
 * queue by the rules and keeps a ledger of ids.
 *
 * <p><b>How one gets at it.</b> By constructors, in tests; the checks of {@link
 * org.patchbay.conformance} are built on it, and unit tests of a backend may use it directly.
 *
 * <p><b>Threads.</b> One thread at a time, the worker, except where a type says otherwise.
 */
@Export
@Version("0.1.0")
@NullMarked
package org.patchbay.conformance.support;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
