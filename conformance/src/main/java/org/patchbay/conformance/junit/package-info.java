/**
 * The kit as JUnit tests, and the names of tests that show lines of the contract.
 *
 * <p><b>How one gets at it.</b> A test class extends {@link
 * org.patchbay.conformance.junit.EndpointConformance}.
 *
 * <p><b>Threads.</b> JUnit's.
 */
@Export
@Version("0.1.0")
@NullMarked
package org.patchbay.conformance.junit;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
