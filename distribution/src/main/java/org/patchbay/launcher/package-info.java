/**
 * Starts and ends a Patchbay platform, and talks to a running one.
 *
 * <p>{@link org.patchbay.launcher.Main} is what {@code ./patchbay run} executes: it checks the JVM,
 * takes the home folder, starts the OSGi framework with the distribution's bundles and ends it in
 * order when the process is told to. {@link org.patchbay.launcher.ExecClient} is what {@code
 * ./patchbay exec} executes: it sends one command to the control socket of the platform in the same
 * home.
 *
 * <p>The package stands on the class path, outside the framework. It needs the JDK, the OSGi
 * framework API and the OSGi log API only, and no bundle sees it. Everything runs on the main
 * thread, except the orderly end, which runs on the JVM's shutdown thread, and log entries, which
 * arrive on the log service's thread.
 */
@NullMarked
package org.patchbay.launcher;

import org.jspecify.annotations.NullMarked;
