//! TLS, against a server with a certificate of its own making.

use std::time::Duration;

use pgmutate::{Connection, ErrorKind, Manager, Mutation, Tls};
use pgmutate_test_support::Server;
use pgmutate_tests::calls::rename;
use pgmutate_tests::shop::Shop;
use pgmutate_tests::unruly::{self, Wait};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

/// A shop on a server that speaks TLS as `127.0.0.1`, and the server's certificate.
async fn shop_with_certificate() -> (Server, Shop, String) {
    let server = Server::private().start().await.unwrap();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    server.encrypt(&cert.pem(), &signing_key.serialize_pem()).await.unwrap();
    let shop = Shop::open_in(server.database().await.unwrap()).await;
    shop.client.batch_execute(unruly::SQL).await.unwrap();
    (server, shop, cert.pem())
}

fn encrypted(shop: &Shop) -> Config {
    let mut config = shop.database.tcp_config().unwrap();
    config.ssl_mode(SslMode::Require);
    config
}

#[tokio::test]
async fn an_encrypted_connection_runs_mutations() {
    let (_server, shop, certificate) = shop_with_certificate().await;
    let tls = Tls::trusting(certificate.as_bytes()).unwrap();
    let connection = Connection::connect(&encrypted(&shop), tls.clone()).await.unwrap();

    assert!(rename("A").execute(&connection).await.unwrap().is_success());
    assert!(rename("B").execute(&connection).await.unwrap().is_success());

    let row = connection.query_one("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[]).await.unwrap();
    assert!(row.get::<_, bool>(0));

    // What cancels a dropped call is encrypted as well.
    let pool = bb8::Pool::builder().max_size(1).build(Manager::new(encrypted(&shop), tls)).await.unwrap();
    let sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    let begun = async { while shop.client.query(sql, &[]).await.unwrap().is_empty() {} };
    tokio::select! {
        answer = Wait { seconds: 600.0 }.execute(&pool) => panic!("{answer:?}"),
        () = begun => {}
    }
    let next = tokio::time::timeout(Duration::from_secs(60), rename("C").execute(&pool)).await;
    assert!(next.expect("the dropped call was cancelled").unwrap().is_success());
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_refused() {
    let (_server, shop, certificate) = shop_with_certificate().await;
    drop(Connection::connect(&encrypted(&shop), Tls::trusting(certificate.as_bytes()).unwrap()).await.unwrap());

    let other = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap().cert.pem();
    let error = Connection::connect(&encrypted(&shop), Tls::trusting(other.as_bytes()).unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.to_string().contains("invalid peer certificate"), "{error}");

    // Trusted, but made out to another host.
    let mut elsewhere = encrypted(&shop);
    elsewhere.hostaddr([127, 0, 0, 1].into());
    let mut named = Config::new();
    named.host("localhost").hostaddr([127, 0, 0, 1].into()).port(elsewhere.get_ports()[0]);
    named.user("postgres").password(elsewhere.get_password().unwrap()).dbname(shop.database.name());
    named.ssl_mode(SslMode::Require);
    let error = Connection::connect(&named, Tls::trusting(certificate.as_bytes()).unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("certificate not valid for name"), "{error}");
}

#[test]
fn what_is_no_certificate_is_not_trusted() {
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (text, says) in
        [("", "there is no certificate"), ("tea", "there is no certificate"), (broken, "cannot be trusted")]
    {
        let error = Tls::trusting(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}
