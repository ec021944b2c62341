/**
 * Installs, starts, updates and removes the jars in a platform's folder {@code deploy/} while it
 * runs, and refuses bad ones in one sentence without touching what runs.
 *
 * <p>{@link org.patchbay.launcher.deploy.DeployFolder} is the way in; it has one thread, on which
 * everything here happens, and one more for each bundle that takes its time to start or stop. A jar
 * is read whole, from a copy of its own, and compared with what the framework offers before the
 * framework sees it: so a bad jar in the place of a good one leaves the good one running.
 * Configurations in that folder are File Install's.
 */
@NullMarked
package org.patchbay.launcher.deploy;

import org.jspecify.annotations.NullMarked;
