//! Tables in a bucket of a server that speaks the S3 protocol.
//!
//! A commit is a put of the next version's log file on condition that there is none yet. So the
//! server must honour `If-None-Match: *`; one that ignores it would let two aggregators write the
//! same version, and is refused before the first commit.

use std::{sync::Arc, time::Duration};

use object_store::{
    BackoffConfig, ClientOptions, Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
    RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    path::Path as Location,
};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::StoreError;

/// Object with which the condition is tried.
const PROBE: &str = ".conditional-put";

/// How long one request may take: the largest file has some ten megabytes.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a failing request is repeated before the aggregator hears of it; that one waits and
/// tries again for as long as it takes.
const RETRYING: Duration = Duration::from_secs(10);

/// Where the bucket is and who asks. What is left out comes from the usual variables
/// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, …).
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Bucket and folder in it: `s3://bucket/folder`.
    pub url: String,
    /// The server, when it is not Amazon's: `https://host:port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Name of the access key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// The secret of the access key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_access_key: Option<String>,
    /// Whether the server may be asked without encryption: for one on the same machine or in a
    /// network of its own.
    #[serde(default)]
    pub allow_http: bool,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The secret stays out of logs.
        f.debug_struct("Bucket")
            .field("url", &self.url)
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

impl Bucket {
    /// A client, and the address of the tables with `/` at its end.
    pub(crate) fn connect(&self) -> Result<(Arc<dyn ObjectStore>, Url), StoreError> {
        let url = self.address()?;
        let mut builder = AmazonS3Builder::from_env().with_url(url.as_str());
        let settings = [
            (AmazonS3ConfigKey::Endpoint, &self.endpoint),
            (AmazonS3ConfigKey::Region, &self.region),
            (AmazonS3ConfigKey::AccessKeyId, &self.access_key_id),
            (AmazonS3ConfigKey::SecretAccessKey, &self.secret_access_key),
        ];
        for (key, value) in settings {
            if let Some(value) = value {
                builder = builder.with_config(key, value);
            }
        }
        let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint).unwrap_or_default();
        if endpoint.starts_with("http://") && !self.allow_http {
            return Err(self.refused(format!(
                "{endpoint} is not encrypted: write https://, or set allow_http = true for a \
                 server on this machine or in a network of its own"
            )));
        }
        let options = ClientOptions::new()
            .with_allow_http(self.allow_http)
            .with_connect_timeout(Duration::from_secs(5))
            .with_timeout(PATIENCE);
        let retries = RetryConfig {
            backoff: BackoffConfig::default(),
            max_retries: 5,
            retry_timeout: RETRYING,
        };
        let built = builder.with_client_options(options).with_retry(retries).build();
        let client = built.map_err(|error| self.refused(error.to_string()))?;
        Ok((Arc::new(client), url))
    }

    /// The address with `/` at its end.
    fn address(&self) -> Result<Url, StoreError> {
        let told = "write s3://bucket/folder";
        let text = format!("{}/", self.url.trim_end_matches('/'));
        let url = Url::parse(&text).map_err(|error| self.refused(format!("{error}; {told}")))?;
        if url.scheme() != "s3" || url.host_str().is_none_or(str::is_empty) {
            return Err(self.refused(told.to_owned()));
        }
        Ok(url)
    }

    /// Tries whether the server refuses to write what is there already.
    pub(crate) async fn try_condition(
        &self,
        objects: &dyn ObjectStore,
        top: &Location,
    ) -> Result<(), StoreError> {
        let probe = top.clone().join(PROBE);
        let failed = |error: Error| StoreError::Bucket {
            url: self.url.clone(),
            reason: chain(&error),
            source: Some(Box::new(error)),
        };
        objects.put(&probe, "made by the first start".into()).await.map_err(failed)?;
        let create = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match objects.put_opts(&probe, "overwritten".into(), create).await {
            Err(Error::AlreadyExists { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
            Ok(_) => Err(self.refused(
                "the server overwrites an object that was to be written only if absent, so two \
                 aggregators could undo each other's commits: use a server with conditional \
                 writes (If-None-Match)"
                    .to_owned(),
            )),
        }
    }

    fn refused(&self, reason: String) -> StoreError {
        StoreError::Bucket { url: self.url.clone(), reason, source: None }
    }
}

/// An error with its causes: the client's first words alone do not say what the server answered.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |e| e.source());
    let mut words: Vec<String> = Vec::new();
    for cause in causes {
        let text = cause.to_string();
        // Many errors repeat their cause.
        if !words.iter().any(|said| said.contains(&text)) {
            words.push(text);
        }
    }
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;

    fn bucket(url: &str, endpoint: &str) -> Bucket {
        Bucket {
            url: url.to_owned(),
            endpoint: Some(endpoint.to_owned()),
            region: Some("none".to_owned()),
            access_key_id: Some("name".to_owned()),
            secret_access_key: Some("secret".to_owned()),
            allow_http: false,
        }
    }

    #[test]
    fn an_address_that_is_no_bucket_and_plain_http_are_refused_with_the_remedy() {
        for url in ["", "tables", "/srv/tables", "http://host/tables", "s3:///tables"] {
            let error = bucket(url, "https://127.0.0.1:1").connect().unwrap_err();
            assert!(error.to_string().contains("write s3://bucket/folder"), "{url}: {error}");
        }
        let plain = bucket("s3://b/tables", "http://127.0.0.1:1");
        let error = plain.connect().unwrap_err().to_string();
        assert!(error.contains("set allow_http = true"), "{error}");
        let (_, url) = Bucket { allow_http: true, ..plain.clone() }.connect().unwrap();
        assert_eq!(url.as_str(), "s3://b/tables/");
        assert!(!format!("{plain:?}").contains("secret"));
    }

    #[tokio::test]
    async fn a_server_without_conditional_writes_is_refused() {
        let here = bucket("s3://b/tables", "https://127.0.0.1:1");
        let top = Location::from("tables");
        here.try_condition(&InMemory::new(), &top).await.unwrap();
        let error = here.try_condition(&Careless(InMemory::new()), &top).await.unwrap_err();
        assert!(error.to_string().contains("conditional writes"), "{error}");
    }

    /// A server that does not know the condition and writes.
    #[derive(Debug)]
    struct Careless(InMemory);

    impl std::fmt::Display for Careless {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Careless")
        }
    }

    #[async_trait::async_trait]
    impl ObjectStore for Careless {
        async fn put_opts(
            &self,
            location: &Location,
            payload: object_store::PutPayload,
            opts: PutOptions,
        ) -> object_store::Result<object_store::PutResult> {
            let always = PutOptions { mode: PutMode::Overwrite, ..opts };
            self.0.put_opts(location, payload, always).await
        }

        async fn put_multipart_opts(
            &self,
            location: &Location,
            opts: object_store::PutMultipartOptions,
        ) -> object_store::Result<Box<dyn object_store::MultipartUpload>> {
            self.0.put_multipart_opts(location, opts).await
        }

        async fn get_opts(
            &self,
            location: &Location,
            options: object_store::GetOptions,
        ) -> object_store::Result<object_store::GetResult> {
            self.0.get_opts(location, options).await
        }

        fn delete_stream(
            &self,
            locations: futures::stream::BoxStream<'static, object_store::Result<Location>>,
        ) -> futures::stream::BoxStream<'static, object_store::Result<Location>> {
            self.0.delete_stream(locations)
        }

        fn list(
            &self,
            prefix: Option<&Location>,
        ) -> futures::stream::BoxStream<'static, object_store::Result<object_store::ObjectMeta>>
        {
            self.0.list(prefix)
        }

        async fn list_with_delimiter(
            &self,
            prefix: Option<&Location>,
        ) -> object_store::Result<object_store::ListResult> {
            self.0.list_with_delimiter(prefix).await
        }

        async fn copy_opts(
            &self,
            from: &Location,
            to: &Location,
            options: object_store::CopyOptions,
        ) -> object_store::Result<()> {
            self.0.copy_opts(from, to, options).await
        }
    }
}
