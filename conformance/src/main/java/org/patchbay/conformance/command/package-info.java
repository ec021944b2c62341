/**
 * The command {@code ./patchbay conformance}: runs the kit against a bundle's backends in a fresh
 * framework.
 *
 * <p><b>How one gets at it.</b> {@code Main} is the command. It starts a second process with {@code
 * FrameworkProcess}, which runs a framework with the distribution's bundles, the kit itself and the
 * bundle under test. Inside, {@code KitActivator} offers what {@code FrameworkProcess} calls:
 * {@code BundleRun}. That process tells the first one by a {@code RunLog} how it goes on, so that a
 * backend which blocks for ever or ends its process is reported, too.
 *
 * <p><b>Threads.</b> Each process has one main thread; what may block in a vendor's code has
 * threads of its own, which are given up after a bound.
 */
@NullMarked
package org.patchbay.conformance.command;

import org.jspecify.annotations.NullMarked;
